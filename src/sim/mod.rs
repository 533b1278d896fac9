//! A simulated world on real sockets, for the demo and the tests.
