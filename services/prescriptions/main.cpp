#include "libs/runtime/app.h"
#include "services/prescriptions/app_wiring.h"

int main(int argc, char** argv) {
    return yilian::runtime::run_service(argc, argv, yilian::prescriptions::definition());
}
