//! Certificates, grants and delivery: who may have a dataset, and handing it over.
