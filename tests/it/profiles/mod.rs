//! Vendor profiles, exercised: payloads of storefronts, whole runs against ERPs that answer in their vendors' shapes,
//! and what a user has to write. People, numbers and secrets are invented.

mod answers;
mod business_central;
mod erp;
mod netsuite;
mod payloads;
mod run;
mod sap_s4;
mod shop;
mod smallest;
