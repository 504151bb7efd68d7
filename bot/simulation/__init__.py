"""Simulated borrowers who negotiate with Accord and with other strategies, inside one and the same authority.

Everything follows from a seed. Borrowers are drawn before anybody plays; what they say, what they take and what
happens to them afterwards does not depend on anything but their own draws and the terms they reach.
"""
