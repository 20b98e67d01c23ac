"""How far what was recovered is from the truth: errors that trials are judged by."""
