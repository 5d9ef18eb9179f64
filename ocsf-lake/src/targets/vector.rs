//! A sink of Vector that writes events, which a transform of the user has made OCSF, as files of such a table.

use super::TargetTable;

pub(super) fn render(table: &TargetTable) -> String {
    let (name, identifier) = (&table.name, table.identifier());
    let bucket = table.location.strip_prefix("s3://").unwrap_or("amzn-s3-demo-bucket");
    let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!(
        "# {name}.schema is what `ocsf schema {name} --format parquet` prints.\n\
         [sinks.{identifier}]\n\
         type = \"aws_s3\"\n\
         inputs = [\"{identifier}_events\"]\n\
         bucket = \"{bucket}\"\n\
         key_prefix = \"{prefix}{slash}ext/{name}/region={{{{ cloud.region }}}}/accountId={{{{ cloud.account.uid }}}}/eventDay=%Y%m%d/\"\n\
         compression = \"none\"\n\
         encoding.codec = \"text\"\n\
         batch.timeout_secs = 300\n\n\
         [sinks.{identifier}.batch_encoding]\n\
         codec = \"parquet\"\n\
         schema_mode = \"strict\"\n\
         schema_file = \"{name}.schema\"\n\
         compression = {{ algorithm = \"zstd\", level = 1 }}\n"
    )
}
