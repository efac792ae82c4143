//! Cleared to Linked: normalise, block, compare, cluster.
