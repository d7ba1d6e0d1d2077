//! The crate through its public doors, on real files in temporary folders.

#[cfg(test)]
mod bad_days;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod files;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod import;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod ssh;
