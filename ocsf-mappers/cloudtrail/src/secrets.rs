//! Members whose values are secrets.

/// Names of members whose values are written as `REDACTED`, at any depth and in any spelling of upper and lower case.
///
/// CloudTrail hides most secrets itself. What it lets through are answers of services that hand out credentials, and
/// requests of services that forgot to hide a password.
pub const SECRETS: &[&str] = &[
    // STS, IAM Identity Center (`GetRoleCredentials`), Cognito identity pools, sign-in
    "sessionToken",
    "securityToken",
    "x-amz-security-token",
    "secretAccessKey",
    "secretKey",
    "signinToken",
    "tokenCode",
    "webIdentityToken",
    "sAMLAssertion",
    // ECR, CodeArtifact, ElastiCache, API Gateway
    "authorizationToken",
    "authToken",
    "bearerToken",
    // IAM Identity Center OIDC, Cognito user pools
    "accessToken",
    "access_token",
    "refreshToken",
    "refresh_token",
    "idToken",
    "id_token",
    "clientSecret",
    "client_secret",
    "deviceCode",
    "secretHash",
    "secret_hash",
    // IAM
    "servicePassword",
    "serviceCredentialSecret",
    "base32StringSeed",
    "qRCodePNG",
    "privateKey",
    // EC2
    "keyMaterial",
    "passwordData",
    // Secrets Manager
    "secretString",
    "secretBinary",
    // Directory Service
    "sharedSecret",
    // passwords of all kinds
    "password",
    "oldPassword",
    "newPassword",
    "new_password",
    "masterUserPassword",
    "masterPassword",
    "adminPassword",
    "userPassword",
    "dbPassword",
    "temporaryPassword",
    "previousPassword",
    "proposedPassword",
    "confirmPassword",
];
