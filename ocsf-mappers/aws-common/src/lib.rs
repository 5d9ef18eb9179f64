//! ocsf-mappers/aws-common
