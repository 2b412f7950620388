"""The heavy routines under the operations: plain arrays in, plain arrays out, no Tensor."""
