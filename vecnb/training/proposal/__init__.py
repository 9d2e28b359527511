"""A network that proposes strokes for windows of drawings (chapter 6), trained without strokes."""
