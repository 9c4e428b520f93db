"""Replays recordings of Cog's server against cogpp-server over raw sockets."""
