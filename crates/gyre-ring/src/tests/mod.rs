//! Tests of the ring on in-memory ports: the same roles, without disks.

mod crash;
mod identity;
mod lake;
mod simulation;
mod turns;
mod world;
