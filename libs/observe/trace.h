#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yilian::observe {

// W3C trace context, version 00: travels in gRPC metadata `traceparent`, in the outbox row and in
// the Kafka header ce_traceparent, so that one id leads from a call through the database into the
// next service. Ids are random; nothing of a request goes into them.
struct Trace {
    std::string trace_id;  // 32 lower-case hexadecimal digits, not all zero
    std::string span_id;   // 16, likewise
    bool sampled = true;

    // A new trace.
    [[nodiscard]] static Trace make();
    // Nothing when the header is malformed, all zero, or of version ff; later versions are read as
    // 00.
    [[nodiscard]] static std::optional<Trace> parse(std::string_view traceparent);
    // The caller's trace with a span of our own, or a new one.
    [[nodiscard]] static Trace continue_from(std::string_view traceparent);

    // Same trace, new span.
    [[nodiscard]] Trace child() const;
    // "00-<trace>-<span>-01".
    [[nodiscard]] std::string traceparent() const;
};

}  // namespace yilian::observe
