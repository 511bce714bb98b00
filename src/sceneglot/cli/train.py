"""`sceneglot train RECIPE`: run a recipe, every field of its config can be overridden."""

from __future__ import annotations


def train(arguments: list[str]) -> None:
    """Train a recipe: sceneglot train RECIPE --data DATA --out RUN [--overrides].

    Example: sceneglot train vqa --data rooms --out runs/vqa --init runs/pre --loop.steps 400
    """
    import tyro

    from sceneglot.errors import SceneglotError
    from sceneglot.recipes.catalog import RECIPES
    from sceneglot.train import RunFolder

    if not arguments or arguments[0] in ("-h", "--help"):
        lines = [f"  {name:20s} {recipe.summary}" for name, recipe in RECIPES.items()]
        print(
            "\n".join([train.__doc__ or "", "recipes:", *lines, "", "'sceneglot train RECIPE --help' lists options."])
        )
        return
    name, rest = arguments[0], arguments[1:]
    if name not in RECIPES:
        raise SceneglotError(f"no recipe is called {name!r}; there are {', '.join(RECIPES)}")
    recipe = RECIPES[name]
    default = recipe.config(tyro.MISSING, tyro.MISSING)
    config = tyro.cli(type(default), args=rest, default=default, prog=f"sceneglot train {name}")
    if RunFolder(config.out).finished:
        without = "its training is finished already; use another --out, or delete the folder, to train again"
    else:
        without = "done, nothing validated"
    scores = recipe.run(config)
    shown = "  ".join(f"{key} {value:.4f}" for key, value in scores.items())
    print(f"{name}: {shown or without}")
    print(f"run folder: {config.out}")
