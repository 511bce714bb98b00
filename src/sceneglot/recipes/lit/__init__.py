"""Parts of the recipe that trains the embedded teacher's image tower: pictures, prompts, contrast, exam."""
