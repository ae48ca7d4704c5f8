#include "libs/policy/tests/trace_readings.h"

namespace yilian::policy::testing {

const std::map<std::string, std::string> kReadings{
    {"diagnostics.consultation.kinds | 370725 | all",
     "ADVICE, JOINT_1_1, REMOTE_WRITTEN, MDT, JOINT_ROUND, JOINT_CHRONIC_CLINIC"},
    {"rx.long.diseases | 120112 | chronic",
     "hypertension, diabetes, coronary, stroke, copd, dyslipidaemia"},
    {"directory.institution.classes | 370212 | + integrated_clinic, "
     "centre_village_clinic, service_point",
     "hospital, centre, township_hospital, station, village_clinic, "
     "integrated_clinic, centre_village_clinic, service_point"},
    {"directory.institution.classes | 370725 | + centre_village_clinic, service_point",
     "hospital, centre, township_hospital, station, village_clinic, "
     "centre_village_clinic, service_point"},
    {"diagnostics.consultation.kinds | 120112 | MDT, JOINT_ROUND, "
     "JOINT_CHRONIC_CLINIC must be in",
     "ADVICE, JOINT_1_1, REMOTE_WRITTEN, MDT, JOINT_ROUND, JOINT_CHRONIC_CLINIC"},
    {"diagnostics.consultation.kinds | 350104 | JOINT_1_1 must be in",
     "ADVICE, JOINT_1_1, REMOTE_WRITTEN, MDT, JOINT_ROUND, JOINT_CHRONIC_CLINIC"},
    {"registry.disease_guides.pack_ids | 370725 | city guide", "weifang_single_disease_guide"},
    {"contract.key_groups | 370212 | + three_high_one_chronic",
     "age_65, pregnant, age_0_6, disabled, poor, special_family_planning, "
     "hypertension, diabetes, tuberculosis, severe_mental, three_high_one_chronic"},
    {"contract.key_groups | 120112 | + pupils, workers",
     "age_65, pregnant, age_0_6, disabled, poor, special_family_planning, "
     "hypertension, diabetes, tuberculosis, severe_mental, pupils, workers"},
    {"contract.key_groups | 350104 | elderly, hypertension, diabetes first",
     "age_65, hypertension, diabetes, pregnant, age_0_6, disabled, poor, "
     "special_family_planning, tuberculosis, severe_mental"},
    {"contract.team.roles_allowed | base | all roles",
     "GP, NURSE, PUBLIC_HEALTH, VILLAGE_DOCTOR, SPECIALIST_ADVISER, HEALTH_MANAGER, "
     "PHARMACIST, TCM, REHAB, GRID_WORKER, VOLUNTEER"},
    {"contract.team.roles_allowed | 370212 | all, with specialists and grid workers",
     "GP, NURSE, PUBLIC_HEALTH, VILLAGE_DOCTOR, SPECIALIST_ADVISER, HEALTH_MANAGER, "
     "PHARMACIST, TCM, REHAB, GRID_WORKER, VOLUNTEER"},
    {"contract.team.roles_allowed | 350104 | all, with specialists and grid workers",
     "GP, NURSE, PUBLIC_HEALTH, VILLAGE_DOCTOR, SPECIALIST_ADVISER, HEALTH_MANAGER, "
     "PHARMACIST, TCM, REHAB, GRID_WORKER, VOLUNTEER"},
    {"contract.home_service.kinds | 120112 | + palliative",
     "visit, nursing, rehabilitation, home_bed, palliative"},
    {"contract.home_service.kinds | 370725 | + palliative",
     "visit, nursing, rehabilitation, home_bed, palliative"},
    {"contract.evaluation.dimensions | base | organisation, contract_renewal, "
     "delivery, effect, satisfaction at 2000",
     "contract_renewal=2000, delivery=2000, effect=2000, organisation=2000, "
     "satisfaction=2000"},
    {"contract.evaluation.dimensions | 120112 | the five",
     "contract_renewal=2000, delivery=2000, effect=2000, organisation=2000, "
     "satisfaction=2000"},
    {"contract.pay.dimensions | base | quantity 4000, quality 3000, result 2000, "
     "satisfaction 1000",
     "quality=3000, quantity=4000, result=2000, satisfaction=1000"},
    {"contract.pay.dimensions | 370212 | the four",
     "quality=3000, quantity=4000, result=2000, satisfaction=1000"},
    {"contract.pay.dimensions | 370725 | the four",
     "quality=3000, quantity=4000, result=2000, satisfaction=1000"},
    {"referral.scope | 120112 | district from 2025-12-31, city from 2027-12-31", "district"},
    {"slot.resource_kinds | base | all five",
     "EXPERT, OUTPATIENT, EXAMINATION, LARGE_EQUIPMENT, BED"},
    {"emergency.channels | base | all five", "chest_pain, stroke, trauma, obstetric, newborn"},
    {"emergency.channels | 120112 | all five", "chest_pain, stroke, trauma, obstetric, newborn"},
    {"rx.long.diseases | base | six families",
     "hypertension, diabetes, coronary, stroke, copd, dyslipidaemia"},
    {"rx.long.diseases | 350104 | hypertension, diabetes, local list", "hypertension, diabetes"},
    {"rx.essential.scheme_levels | 370212 | non-government community institutions",
     "non_government_community"},
    {"registry.diseases | base | see registries.md 1", "hypertension, diabetes_t2, copd, elderly"},
    {"registry.diseases | 120111 | 5 families",
     "diabetes_t2, cancer, cardio_cerebrovascular, respiratory, metabolic"},
    {"registry.diseases | 370212 | three highs + one chronic, elderly",
     "hypertension, hyperglycaemia, hyperlipidaemia, chronic_respiratory, elderly"},
    {"registry.diseases | 120112 | 4 families + cancer",
     "hypertension, diabetes_t2, cardio_cerebrovascular, chronic_respiratory, cancer"},
    {"registry.diseases | 370725 | 9 conditions",
     "hypertension, hyperglycaemia, hyperlipidaemia, coronary, stroke, "
     "nephrotic_syndrome, fundus, neuropathy, peripheral_vascular"},
    {"registry.diseases | 350104 | 3 diseases", "hypertension, diabetes_t2, copd"},
    {"registry.alliance.tiers | base | three tiers", "lead_hospital, township_hub, family_team"},
    {"registry.alliance.tiers | 370725 | three tiers", "lead_hospital, township_hub, family_team"},
    {"registry.peer_qc.sample_bp | 370725 | 200 (P)", "200"},
    {"interop.person_code.kinds | 350104 | + health_card",
     "id_document, insurance_code, health_card"},
    {"billing.capitation.surplus_share_bp | 120111 | not stated", "10000"},
    {"billing.capitation.overspend_share_bp | 120111 | not stated", "5000"},
    {"billing.capitation.surplus_share_bp | 120112 | not stated", "10000"},
    {"billing.capitation.overspend_share_bp | 120112 | not stated", "5000"},
    {"billing.methods_enabled | 350104 | disease, bed_day, capitation, "
     "drg (dip explored)",
     "disease, bed_day, capitation, drg"},
    {"billing.budget.method | 350104 | regional_points (explored)", "regional_points"},
    {"billing.budget.base_tilt_bp | 370212 | raise, not stated", "0"},
    {"billing.budget.base_tilt_bp | 120112 | raise share, not stated", "0"},
    {"billing.drg.base_groups_min | 370212 | 20 (end 2025)", "20"},
    {"billing.dip.base_surgery_factor_bp | 370725 | rise, not stated", "10000"},
    {"billing.inpatient.base_topup_bp | 370725 | not stated", "0"},
    {"billing.benefit.level_gap_bp | 370725 | not stated", "0"},
    {"billing.benefit.level_gap_bp | 350104 | not stated", "0"},
    {"billing.disbursement.working_days_max | 370212 | 30 from receipt of the claim", "30"},
    {"billing.surplus.staff_share_min_bp | 120111 | principle only", ""},
    {"billing.staff_income.local_mean_multiple_max_e2 | 350104 | 300–500", "300..500"},
    {"billing.general_visit_fee_fen | 120111 | adjusted, not stated", ""},
    {"billing.internet.price_ratio_bp | 350104 | not stated", "10000"},
    {"billing.subsidy.clinic_area_fen | 370212 | 80 m² 800000; 100 m² 1000000; "
     "≥ 120 m² 1200000 a year",
     "100=1000000, 120=1200000, 80=800000"},
    {"billing.subsidy.gp_post_fen | 350104 | junior 60000, middle 80000, "
     "senior 100000 a month",
     "junior=60000, middle=80000, senior=100000"},
    {"target.nurses_per_1000_e2 | 120112 | 430 (2025), 500 (2027)", "500 by 2027-12-31"},
    {"target.nurses_total | 120112 | 4000 (2025), 4600 (2027)", "4600 by 2027-12-31"},
    {"target.gps_per_10000_e2 | 350104 | 400–500", "400..500 by 2025-12-31"},
    {"target.village_doctor_per_1000_e2 | 370212 | (unclear)", ""},
    {"target.cdc_technical_post_bp | 350104 | 8500 (health technical 7000)", "8500"},
    {"target.directed_post_share_bp | 370212 | 500–1000", "500..1000"},
    {"target.sub_centre_min | 120111 | 1 (to 2)", "1..2 by 2025-12-31"},
    {"target.community_hospital_bp | 350104 | 2000 (2023)", "2000 by 2023-12-31"},
    {"target.device_classes_required | 370212 | 11 classes; clinic list",
     "ct, dr, colour_ultrasound, automatic_biochemistry, coagulation, fundus, "
     "carotid_plaque, smart_followup, rehabilitation, health_all_in_one, aed"},
    {"target.clinic_device_classes_required | 370212 | 11 classes; clinic list",
     "observation_bed, smart_followup, rehabilitation, ecg"},
    {"target.tcm.centre_items_min | 120111 | 10 (6 classes)", "10 by 2025-12-31"},
    {"target.tcm.centre_items_min | 370212 | 10 (6 classes)", "10 by 2025-12-31"},
    {"target.tcm.centre_items_min | 370725 | 10 (6 classes)", "10 by 2025-12-31"},
    {"target.tcm.station_items_min | 120111 | 6 (4 classes)", "6 by 2025-12-31"},
    {"target.tcm.station_items_min | 370212 | 6 (4 classes)", "6 by 2025-12-31"},
    {"target.tcm.station_items_min | 370725 | 6 (4 classes)", "6 by 2025-12-31"},
    {"target.tcm.village_share_bp | 370212 | 10000 (integrated clinics)", "10000 by 2025-12-31"},
    {"target.tcm.hall_centre_bp | 120111 | 10000 (2024)", "10000 by 2024-12-31"},
    {"target.tcm.pavilion_station_bp | 120111 | 7500 (2024)", "7500 by 2024-12-31"},
    {"target.tcm.spread_items_min | 120111 | 40 (10 classes)", "40 by 2025-12-31"},
    {"target.tcm.spread_items_min | 370725 | 3–5 a year", "3..5"},
    {"target.base_visit_share_bp | 120112 | (raise)", ""},
    {"target.base_visit_share_bp | 350104 | (raise)", ""},
    {"target.in_district_visit_rate_bp | 120111 | (raise)", ""},
    {"target.in_district_visit_rate_bp | 120112 | (raise)", ""},
    {"target.base_fund_share_bp | 120112 | (raise)", ""},
    {"target.referral_booking_share_bp | 350104 | 3000 (2022)", "3000 by 2022-12-31"},
    {"target.specialty_count | 120112 | 5 + 5", "10 by 2025-12-31"},
    {"target.care_integrated_institutions | 370725 | 16 (1–2 kinds, 2023)", "16 by 2023-12-31"},
    {"referral.directions_enabled | base | UP, DOWN, LATERAL, ADVICE_ONLY, "
     "EMERGENCY; all kinds of referrals.md 1",
     "UP, DOWN, LATERAL, ADVICE_ONLY, EMERGENCY"},
    {"referral.kinds_enabled | base | UP, DOWN, LATERAL, ADVICE_ONLY, EMERGENCY; "
     "all kinds of referrals.md 1",
     "OUTPATIENT, INPATIENT, EXAMINATION, JOINT_CLINIC, REMOTE_CONSULTATION, "
     "REHABILITATION, HOME_BED"},
    {"slot.overbook_max | base | 0, 30, (24, 2)", "0"},
    {"slot.time_slot_minutes | base | 0, 30, (24, 2)", "30"},
    {"slot.reminder_hours_before | base | 0, 30, (24, 2)", "24, 2"},
    {"diagnostics.recognition.validity_days | base | diagnostics.md 3",
     "biochemistry=7, blood_count=3, coagulation=3, ct=30, ecg=1, mr=30, "
     "pathology=90, ultrasound=14, x_ray=14"},
    {"diagnostics.report_due_min | base | 4",
     "biochemistry.emergency=120, biochemistry.routine=360, biopsy.routine=5760, "
     "ct_mr.complex=1440, ct_mr.emergency=60, ct_mr.emergency_head=30, "
     "ct_mr.inpatient=360, ct_mr.outpatient=240, ecg.emergency=30, ecg.routine=30, "
     "frozen_section.emergency=60, laboratory_routine.emergency=30, "
     "laboratory_routine.routine=30, remote_ecg.chest_pain=10, "
     "ultrasound.emergency=30, ultrasound.routine=30, x_ray.emergency=30, "
     "x_ray.routine=120"},
    {"diagnostics.two_person_classes | base | PATHOLOGY, IMAGING level 2",
     "PATHOLOGY, IMAGING_LEVEL_2"},
    {"emergency.goals | base | diagnostics.md 6",
     "chest_pain.contact_to_ecg=10, chest_pain.contact_to_wire=120, "
     "chest_pain.door_in_to_door_out=30, chest_pain.door_to_balloon=90, "
     "chest_pain.door_to_needle=30, chest_pain.ecg_to_read=10, "
     "newborn.alarm_to_dispatch=30, newborn.birth_to_ventilation=1, "
     "obstetric.crash_delivery=5, obstetric.decision_to_delivery=30, "
     "stroke.door_to_ct=25, stroke.door_to_ct_read=45, stroke.door_to_doctor=10, "
     "stroke.door_to_needle=60, stroke.door_to_puncture=90, "
     "stroke.thrombolysis_window=270, trauma.in_room=10, "
     "trauma.surgery_preparation=30, trauma.whole_body_ct=30"},
    {"rx.controlled.methylphenidate_days | base | 15, 7, (3, 15, 7)", "15"},
    {"rx.controlled.psychotropic2_days | base | 15, 7, (3, 15, 7)", "7"},
    {"rx.controlled.pain_days | base | 15, 7, (3, 15, 7)", "3, 15, 7"},
    {"rx.controlled.special_list | base | prescriptions.md 5",
     "dihydroetorphine=one_dose/level2_hospital, pethidine=one_dose/in_institution"},
    {"rx.retention_years | base | 1 / 2 / 3 by class; prescriptions.md 5",
     "emergency=1, narcotic=3, normal=1, paediatric=1, psychotropic_1=3, "
     "psychotropic_2=2, toxic=2"},
    {"rx.antibiotic.grades | base | 1 / 2 / 3 by class; prescriptions.md 5",
     "non_restricted=junior, restricted=middle, special=senior"},
    {"rx.print_colour | base | 1 / 2 / 3 by class; prescriptions.md 5",
     "emergency=yellow, narcotic=red, normal=white, paediatric=green, "
     "psychotropic_1=red"},
    {"rx.long.excluded_classes | base | prescriptions.md 5.1",
     "toxic, radioactive, precursor, narcotic, psychotropic_1, psychotropic_2, "
     "antimicrobial, special_storage"},
    {"registry.chain.steps | base | registries.md 10",
     "screening, assessment, guidance, first_contact, referral, followup"},
    {"registry.disease_map | base | ICD-10 sets",
     "cancer: C; cardio_cerebrovascular: I20, I21, I22, I23, I24, I25, I60, I61, "
     "I62, I63, I64, I69; chronic_kidney_disease: N18; chronic_respiratory: J42, "
     "J43, J44, J45, J47; copd: J44; coronary: I20, I21, I22, I23, I24, I25; "
     "diabetes_t2: E11; elderly: ; fundus: H35.0, H36.0, E11.3; "
     "hyperglycaemia: E11, E14; hyperlipidaemia: E78; hypertension: I10, I11, I12, "
     "I13; metabolic: E11, E14, E78, E79; nephrotic_syndrome: N04, N08.3, E11.2, "
     "I12; neuropathy: G62, G63.2, E11.4; peripheral_vascular: I70.2, I73, I79.2, "
     "E11.5; respiratory: J42, J43, J44, J45, J47; stroke: I60, I61, I62, I63, I64, "
     "I69"},
    {"registry.record_quality.rules | base | registries.md 9",
     "last_digit_heaping, same_value_three_visits, spike_139_89, implausible_pace, "
     "phone_place_hour, visit_after_death, glucose_not_fasting"},
    {"points.rules | base | contracts.md 6",
     "chronic_visit=10, contract_without_fee=20, goal_reached=20, lecture=5, "
     "paid_contract=30, screening=10, vaccination=5"},
    {"indicator.consortium.groups | base | indicators.md 4",
     "management, capability_quality, visit_order, resource_use, fund_efficiency"},
    {"indicator.monitoring.groups | base | indicators.md 4", "output, quality, cost, tiered_care"},
    {"indicator.consortium.definition_pack | base | indicators.md 4", "consortium-2024"},
    {"diagnostics.recognition.reasons | base | 3",
     "RESULT_DOES_NOT_FIT, FAST_CHANGE, DECISIVE_FOR_TREATMENT, EMERGENCY, "
     "FORENSIC_OR_ASSESSMENT, OTHER_JUSTIFIED"},
};

}  // namespace yilian::policy::testing
