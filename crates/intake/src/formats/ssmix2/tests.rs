//! Tests of the SS-MIX2 reader.
