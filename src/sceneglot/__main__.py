"""`python -m sceneglot`: the command line, also for launchers that want a module (`accelerate launch -m sceneglot`)."""

from sceneglot.cli.main import main

if __name__ == "__main__":
    main()
