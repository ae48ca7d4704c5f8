#include "libs/runtime/app.h"
#include "services/referrals/app_wiring.h"

int main(int argc, char** argv) {
    return yilian::runtime::run_service(argc, argv, yilian::referrals::definition());
}
