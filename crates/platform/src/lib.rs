//! Composition: configuration, jobs; one function for each act a person can do.
