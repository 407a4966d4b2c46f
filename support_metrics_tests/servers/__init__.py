"""Small real HTTP servers on loopback that answer as the APIs do, can be told to fail, and count what they are asked."""
