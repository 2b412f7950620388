"""What operations are made of: the primitive, the node, the base of tensors, and dtypes."""
