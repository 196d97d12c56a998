//! Tests of the ring on in-memory ports: the same roles, without disks.

mod consent;
mod crash;
mod lake;
mod simulation;
mod turns;
mod world;
