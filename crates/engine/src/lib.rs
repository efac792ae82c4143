//! How data is computed: DataFusion, and Ballista under the feature cluster.
