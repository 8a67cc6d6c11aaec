"""Trains the face network of Facestream; see README.md."""
