//! Invented regions: people, lives and deliveries in the real formats, with the truth.
