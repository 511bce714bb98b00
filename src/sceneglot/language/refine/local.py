"""A language model in this process: any local transformers text-generation model."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from sceneglot.errors import SceneglotError
from sceneglot.language.refine.speaker import Answer, Prompt, SpeakerError


class LocalModel:
    """A transformers text-generation pipeline, loaded when first asked.

    Models with a chat template get the task as a system message; others get task and data as one text. Nothing is
    downloaded and no code of a model folder is run.

    Args:
        folder: a local model folder (config, weights, tokenizer).
        device: torch device.

    Raises:
        SceneglotError: no such folder; at the first question: nothing in it that can be loaded.
    """

    concurrent = False

    def __init__(self, folder: str | Path, *, device: str = "cpu") -> None:
        self._folder, self._device = Path(folder), device
        if not (self._folder / "config.json").is_file():
            raise SceneglotError(
                f"{folder}: is no local model; expected a folder with config.json, weights and tokenizer"
            )

    @property
    def model(self) -> str:
        """The name of the folder."""
        return self._folder.resolve().name

    def say(self, prompt: Prompt) -> Answer:
        """Generate; see `Speaker.say`. The same prompt gives the same text."""
        import torch

        pipe = self._pipeline
        tokenizer = pipe.tokenizer
        if getattr(tokenizer, "chat_template", None):
            messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
            text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        else:
            text = f"{prompt.system}\n\n{prompt.user}\n\n"
        sampling = (
            {"do_sample": True, "temperature": prompt.temperature} if prompt.temperature > 0 else {"do_sample": False}
        )
        try:
            with torch.random.fork_rng(devices=[]), torch.inference_mode():
                torch.manual_seed(prompt.seed)
                made = pipe(text, max_new_tokens=prompt.max_tokens, return_full_text=False, **sampling)
        except (RuntimeError, ValueError, IndexError) as error:  # out of memory, or a text longer than the model reads
            raise SpeakerError(f"local model failed ({str(error)[:60]})") from error
        answer = str(made[0]["generated_text"])
        return Answer(answer, len(tokenizer.encode(text)), len(tokenizer.encode(answer)))

    @cached_property
    def _pipeline(self) -> Any:
        from transformers import AutoModelForCausalLM, AutoTokenizer, TextGenerationPipeline

        options = {"local_files_only": True, "trust_remote_code": False}
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(self._folder, use_safetensors=True, **options)
            tokenizer = AutoTokenizer.from_pretrained(self._folder, **options)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            text = " ".join(str(error).split())[:100]
            raise SceneglotError(f"{self._folder}: cannot be loaded as a language model ({text})") from error
        return TextGenerationPipeline(model=model.eval().to(self._device), tokenizer=tokenizer)
