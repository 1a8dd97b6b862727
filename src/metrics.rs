//! The one recorder of metrics, in Prometheus' format. Whoever measures uses the `metrics` macros with names that begin
//! with `hubbub_`; labels are few and fixed: no user, channel or address.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to record, once a process.
pub fn install() {
    RECORDER.get_or_init(|| {
        let recorder = PrometheusBuilder::new().set_buckets(&[0.001, 0.005, 0.02, 0.1, 0.5, 2.0]);
        recorder.ok().and_then(|recorder| recorder.install_recorder().ok())
    });
}

/// Everything that was recorded, as text.
pub fn render() -> String {
    RECORDER.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default()
}
