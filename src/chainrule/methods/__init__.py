"""The tables of the Tensor's methods, a class for each family. A class body is the table."""
