// Only carries the flags of libtorch.pc; CTorch includes the headers.
