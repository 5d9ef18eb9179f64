//! Amazon VPC and Transit Gateway flow logs to OCSF Network Activity 4001.
//!
//! Records become rows of the table `vpc-flow` or, when they carry fields of a transit gateway, of `tgw-flow`. Both
//! tables share one schema.
//!
//! Read are lines of versions 2 to 11 with any fields in any order: those of objects in S3, where the first line names the
//! fields; those without such a line, in the default format of VPC (14 fields) or of transit gateways (36 fields), or
//! in the format that the option `vpc-format` gives; the same in CloudWatch Logs subscriptions and exports, in
//! `{"message":...}` objects, and as JSON objects of the fields. Fields that AWS adds later stay in `unmapped`.
//!
//! Whoever creates a flow log chooses its fields. The ends of a flow are named by addresses, AWS services and, for gateways,
//! interfaces, subnets or VPCs of either side. What else tells where the flow was seen - interface, instance, NAT gateway,
//! ECS task, subnet, VPC, attachment, gateway - names the end that the direction tells, or else the one that nothing else
//! names, the destination first. Where direction and ends are unknown, OCSF 1.1.0 has it at both, since it wants both. A record
//! is a reject (`missing-required`) where OCSF has no event for what it names: none of all that at any version, an end but no
//! destination before 1.5.0, a destination but no source at 1.1.0.
//!
//! A record without `start` and `end` has the time of the log event that it came in, else that of its object
//! ([`ObjectInfo::time`](ocsf_core::ObjectInfo::time)), which for objects of AWS is the minute or hour in their key.
//!
//! Header lines may be in upper case, names joined with `_`, fields parted by tabs. Fields parted by commas, as results of
//! queries have them, are not read: AWS delivers none.
//!
//! Flow logs that AWS delivers as Parquet come through [`Mapper::decode_batch`](ocsf_core::Mapper::decode_batch): columns
//! that are named as the fields, with `_` for `-`, in any order and any subset. They are not verified against files of AWS,
//! which publishes none; types are taken as they come.
//!
//! ```
//! use std::sync::Arc;
//! use ocsf_core::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
//! use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event};
//!
//! let address = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
//! let number = |number| Arc::new(Int64Array::from(vec![number])) as ArrayRef;
//! let rows = RecordBatch::try_from_iter([
//!     ("srcaddr", address("198.51.100.9")),
//!     ("dstaddr", address("10.1.2.3")),
//!     ("bytes", number(3400)),
//!     ("start", number(1_767_225_600)),
//! ])?;
//! let mut mapper = ocsf_vpc_flow::mapper(&MapperOptions::default())?;
//! mapper.begin(ObjectInfo { name: "example.parquet".into(), ..ObjectInfo::default() });
//! mapper.decode_batch(&rows, 0)?;
//! let mut out = Output::default();
//! mapper.flush(&mut out);
//! assert_eq!(event::to_json(&out.batches[0].batch, 0)["traffic"]["bytes"], 3400);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Windows without traffic (`NODATA`) or with lost records (`SKIPDATA`) are skipped and counted as `nodata` and
//! `skipdata`. With the option `keep-nodata`, from OCSF 1.3.0 on, they become events of an unknown activity at the
//! interface. Before 1.3.0 no valid event can come of them.
//!
//! ```
//! use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event};
//!
//! let mut mapper = ocsf_vpc_flow::mapper(&MapperOptions::default())?;
//! mapper.begin(ObjectInfo { name: "example".into(), region: Some("eu-west-1".into()), ..ObjectInfo::default() });
//! mapper.decode(b"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
//! 2 111122223333 eni-0aa11bb22cc33dd44 198.51.100.9 10.1.2.3 51515 443 6 12 3400 1767225600 1767225655 REJECT OK
//! ", true);
//! let mut out = Output::default();
//! mapper.flush(&mut out);
//! let event = event::to_json(&out.batches[0].batch, 0);
//! assert_eq!(event["activity_name"], "Refuse");
//! assert_eq!(event["connection_info"]["protocol_name"], "tcp");
//! assert_eq!(event["cloud"]["region"], "eu-west-1");
//! # Ok::<(), ocsf_core::PlanError>(())
//! ```

mod common;
mod facts;
mod fields;
mod protocols;
mod record;
mod sniff;
mod tgw;
mod vpc;

pub use facts::Facts;
pub use record::{KEEP_NODATA, VPC_FORMAT, VpcFlow};
pub use sniff::{sniff, sniff_columns};

use ocsf_core::{MapperInfo, MapperOptions, PlanError, Source, SourceMapper};

/// Name, version and options of the mapping.
pub const INFO: MapperInfo = VpcFlow::INFO;

/// A mapper for flow logs.
///
/// # Errors
/// The OCSF version of the options is unknown, `vpc-format` names no field, or `keep-nodata` is on before OCSF 1.3.0.
pub fn mapper(options: &MapperOptions) -> Result<SourceMapper<VpcFlow>, PlanError> {
    SourceMapper::new(options)
}
