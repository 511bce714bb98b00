"""The objectives of GPS (arXiv 2401.09340): object, scene and referral-object contrast, and masked words."""
