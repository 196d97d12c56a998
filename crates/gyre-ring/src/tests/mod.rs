//! Tests of the ring on in-memory ports: the same roles, without disks.

mod crash;
mod lake;
mod rights;
mod simulation;
mod turns;
mod world;
