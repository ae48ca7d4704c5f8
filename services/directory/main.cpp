#include "libs/runtime/app.h"
#include "services/directory/app_wiring.h"

int main(int argc, char** argv) {
    return yilian::runtime::run_service(argc, argv, yilian::directory::definition());
}
