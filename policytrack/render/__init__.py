"""Answers as people and programs read them: plain functions from records to strings.

Every id that is printed can be typed back, every answer that takes two times prints both, and what is empty says why.
"""
