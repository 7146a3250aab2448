//! What the attribute accepts and refuses, and what it says.
