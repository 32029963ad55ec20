//! Plain functions on text that several stages use: no clock, network, disk or global.
