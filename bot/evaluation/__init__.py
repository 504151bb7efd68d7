"""How well messages are understood: evaluation sets, figures, reports. (Python 3.10)"""
