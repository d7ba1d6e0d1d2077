//! Names of the HTTP headers that Access clients and the edge exchange.

/// Asks the edge to describe the application: `true` on a HEAD request.
pub const METADATA_REQUEST: &str = "cf-access-metadata-request";
/// Carries the signed description of the application, a compact JWT.
pub const METADATA: &str = "cf-access-metadata";
/// Presents an app token.
pub const ACCESS_TOKEN: &str = "cf-access-token";
/// Presents the client id of a service token.
pub const CLIENT_ID: &str = "cf-access-client-id";
/// Presents the client secret of a service token.
pub const CLIENT_SECRET: &str = "cf-access-client-secret";
/// Names the destination behind a bastion app, `host:port`.
pub const JUMP_DESTINATION: &str = "cf-access-jump-destination";
/// The sender's Curve25519 key of a transfer answer, URL-safe base64 with padding.
pub const SERVICE_PUBLIC_KEY: &str = "service-public-key";
/// The edge's identifier of one request, which an administrator can look up.
pub const RAY_ID: &str = "cf-ray";
/// Names the audience of the application that an answer of Access is about.
pub const ACCESS_AUDIENCE: &str = "cf-access-aud";
/// Says that a rule of the zone has answered in the application's place, and how (`challenge`).
pub const MITIGATED: &str = "cf-mitigated";
/// Carries what the edge asserts about a visitor to the service: an app token.
pub const ASSERTION: &str = "cf-access-jwt-assertion";
/// Says that the far end of a carried stream goes on giving its answer after a close frame: `1`, from our connector.
pub const HALF_CLOSE: &str = "sallyport-half-close";

/// Cookie that carries an org token to the team domain and an app token back from the app.
pub const AUTHORIZATION_COOKIE: &str = "CF_Authorization";
/// Cookie that ties an app's login redirect to the browser that asked.
pub const APP_SESSION_COOKIE: &str = "CF_AppSession";
