//! Paths below `/cdn-cgi/access/` and at the transfer service.

/// Login pages of the team domain; a redirect to a path that starts so is an *access redirect*.
pub const LOGIN: &str = "/cdn-cgi/access/login";
/// The team's signing keys as a JSON Web Key Set.
pub const CERTS: &str = "/cdn-cgi/access/certs";
/// The app's page that starts a browser log-in for a program.
pub const CLI: &str = "/cdn-cgi/access/cli";
/// The app's page that turns an accepted login into an app token.
pub const AUTHORIZED: &str = "/cdn-cgi/access/authorized";
/// The team's SSH certificate authority.
pub const CERT_SIGN: &str = "/cdn-cgi/access/cert_sign";
/// Prefix of a mailbox at the transfer service, followed by the public key.
pub const TRANSFER: &str = "/transfer/";
