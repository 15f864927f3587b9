//! The engine against a model of the world: a driver, an API and a store that do what each test says.

mod flows;
mod properties;
mod resuming;
mod volume;
mod world;
