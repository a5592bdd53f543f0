"""Any environment of Gymnasium, any algorithm of stable-baselines3 and sb3-contrib."""
