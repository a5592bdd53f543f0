"""The rules of Tetris: pieces, features, compiled engine, one game as a Gymnasium environment, many games in lock step, players.

Nothing is imported here: whoever only needs the pieces' names and colours must not pay for the compiler.
"""
