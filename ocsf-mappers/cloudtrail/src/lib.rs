//! ocsf-mappers/cloudtrail
