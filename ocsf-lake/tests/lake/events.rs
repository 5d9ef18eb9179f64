//! Invented events with every kind of column that tables have.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, Int64Array, ListArray, MapArray, RecordBatch, StringArray,
    StructArray, TimestampMillisecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema, SchemaRef, TimeUnit};
use ocsf_core::{EventBatch, MapperInfo, PartitionKey, RowKeys, TableInfo};

pub(crate) const MAPPER: MapperInfo = MapperInfo::new("invented", "Invented", 3);

/// One event, in a form that tests can make up.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) time: i64,
    pub(crate) object: u32,
    pub(crate) record: u64,
    pub(crate) account: Option<&'static str>,
    pub(crate) region: Option<&'static str>,
    pub(crate) user: Option<String>,
    pub(crate) text: String,
}

impl Event {
    pub(crate) fn new(time: i64, object: u32, record: u64) -> Self {
        Self {
            time,
            object,
            record,
            account: Some("111122223333"),
            region: Some("us-east-1"),
            user: Some(format!("user-{}", record % 7)),
            text: format!("text {record}"),
        }
    }
}

fn words() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn user_fields() -> Fields {
    vec![Field::new("name", words(), true), Field::new("uid", DataType::Utf8, true)].into()
}

fn entry_fields() -> Fields {
    vec![Field::new("key", words(), false), Field::new("value", DataType::Utf8, true)].into()
}

pub(crate) fn schema() -> SchemaRef {
    let item = Field::new("element", words(), true);
    let entries = Field::new("key_value", DataType::Struct(entry_fields()), false);
    Arc::new(Schema::new(vec![
        Field::new("time", DataType::Int64, true),
        Field::new("time_dt", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true),
        Field::new("class_uid", DataType::Int32, true),
        Field::new("user", DataType::Struct(user_fields()), true),
        Field::new("labels", DataType::List(Arc::new(item)), true),
        Field::new("unmapped", DataType::Map(Arc::new(entries), false), true),
    ]))
}

pub(crate) fn table() -> TableInfo {
    let mut table = TableInfo::new("invented", 6003, "API Activity", "1.1.0", schema());
    table.lookup_paths = vec!["user.uid".into()];
    table
}

/// The events as a mapper would hand them on.
pub(crate) fn batch(events: &[Event]) -> EventBatch {
    let times = || events.iter().map(|event| event.time);
    let names: DictionaryArray<Int32Type> = events.iter().map(|event| event.user.as_deref()).collect();
    let uids: StringArray =
        events.iter().map(|event| Some(format!("arn:{}:{}", event.object, event.record))).collect();
    let users = StructArray::new(user_fields(), vec![Arc::new(names), Arc::new(uids)], None);
    let labels: DictionaryArray<Int32Type> =
        events.iter().flat_map(|event| (0..event.record % 3).map(|n| ["a", "b"][n as usize])).collect();
    let lengths = events.iter().map(|event| (event.record % 3) as usize);
    let labels = ListArray::new(
        Arc::new(Field::new("element", words(), true)),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(labels),
        None,
    );
    let keys: DictionaryArray<Int32Type> = events.iter().map(|_| Some("detail.text")).collect();
    let values: StringArray = events.iter().map(|event| Some(event.text.as_str())).collect();
    let entries = StructArray::new(entry_fields(), vec![Arc::new(keys), Arc::new(values)], None);
    let offsets = OffsetBuffer::from_lengths(events.iter().map(|_| 1));
    let unmapped = MapArray::new(
        Arc::new(Field::new("key_value", DataType::Struct(entry_fields()), false)),
        offsets,
        entries,
        None,
        false,
    );
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(times())),
        Arc::new(TimestampMillisecondArray::from_iter_values(times()).with_timezone("UTC")),
        Arc::new(Int32Array::from(vec![6003; events.len()])),
        Arc::new(users),
        Arc::new(labels),
        Arc::new(unmapped),
    ];
    let mut partitions: Vec<PartitionKey> = Vec::new();
    let partition = events.iter().map(|event| {
        let key =
            PartitionKey { account: event.account.map(Into::into), region: event.region.map(Into::into) };
        let known = partitions.iter().position(|known| *known == key);
        known.unwrap_or_else(|| {
            partitions.push(key);
            partitions.len() - 1
        }) as u32
    });
    let partition: Vec<u32> = partition.collect();
    EventBatch {
        table: 0,
        batch: RecordBatch::try_new(schema(), columns).unwrap(),
        keys: RowKeys {
            time: times().collect(),
            partition: partition.into(),
            partitions: partitions.into(),
            object: events.iter().map(|event| event.object).collect(),
            record: events.iter().map(|event| event.record).collect(),
            byte: events.iter().map(|event| event.record * 100).collect(),
            bytes: events.iter().map(|event| event.text.len() as u32 + 100).collect(),
        },
    }
}
