"""The kit for tests of plugins, used as `citygoals.testing`; pytest finds its part by itself."""
