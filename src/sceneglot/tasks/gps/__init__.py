"""GPS on points: pre-training by alignment at object, scene and referral level, and masked words."""
