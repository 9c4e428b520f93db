// Precompiled for the unit tests. Never included by name.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "schema/pch.hpp"
