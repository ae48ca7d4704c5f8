#include "services/registries/store/enum_codec.h"

#include <string>

namespace yilian::registries::store {
namespace {

template <class Proto, class Domain>
Proto by_name(const char* prefix, Domain value,
              bool (*parse)(google::protobuf::ConstStringParam, Proto*)) {
    Proto found{};
    const bool known = parse(prefix + std::string(domain::name_of(value)), &found);
    YILIAN_INVARIANT(known, "registries: enumeration without its proto twin");
    return found;
}

}  // namespace

v1::EnrolmentState to_proto(domain::EnrolmentState value) {
    if (value == domain::EnrolmentState::kNone) return v1::ENROLMENT_STATE_UNSPECIFIED;
    return by_name("ENROLMENT_STATE_", value, v1::EnrolmentState_Parse);
}
v1::ControlClass to_proto(domain::ControlClass value) {
    return by_name("CONTROL_CLASS_", value, v1::ControlClass_Parse);
}
v1::CareActionKind to_proto(domain::ActionKind value) {
    return by_name("CARE_ACTION_KIND_", value, v1::CareActionKind_Parse);
}
v1::CareActionState to_proto(domain::CareActionState value) {
    return by_name("CARE_ACTION_STATE_", value, v1::CareActionState_Parse);
}
v1::Urgency to_proto(domain::Urgency value) {
    return by_name("URGENCY_", value, v1::Urgency_Parse);
}
v1::VisitMode to_proto(domain::VisitMode value) {
    switch (value) {
        case domain::VisitMode::kClinic:
            return v1::VISIT_MODE_CLINIC;
        case domain::VisitMode::kHome:
            return v1::VISIT_MODE_HOME;
        case domain::VisitMode::kPhone:
            return v1::VISIT_MODE_PHONE;
        case domain::VisitMode::kOnline:
            return v1::VISIT_MODE_ONLINE;
    }
    return v1::VISIT_MODE_UNSPECIFIED;
}

}  // namespace yilian::registries::store
